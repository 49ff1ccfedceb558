package main

import (
	"errors"
	"fmt"
	"os/exec"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The fields of a request that are younger than this version of the SDK.
const (
	infoField             protowire.Number = 5 // in it:
	programDirectoryField protowire.Number = 2
)

// RunPlugin runs a policy pack, which this version of the language host leaves to a script that later command lines no
// longer look for.
func (host *nodeLanguageHost) RunPlugin(
	req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	info, err := bytesOf(req.ProtoReflect().GetUnknown(), infoField)
	if err != nil {
		return err
	}
	folder, err := bytesOf(info, programDirectoryField)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	node, err := exec.LookPath("node")
	if err != nil {
		return err
	}
	// That of the program's packages: a pack beside a program has the same.
	start, err := locateModule(server.Context(), "@pulumi/pulumi/cmd/run-policy-pack", node)
	if err != nil {
		return fmt.Errorf("the package @pulumi/pulumi has no runner for policy packs: %w", err)
	}
	args := append([]string{start}, append(req.Args, string(folder))...)
	cmd := exec.CommandContext(server.Context(), node, args...)
	cmd.Dir = string(folder)
	cmd.Env = append(req.Env, "PULUMI_NODEJS_TYPESCRIPT=true")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return fmt.Errorf("the policy pack in %s does not start: %w", folder, err)
		}
		code := pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())}
		return server.Send(&pulumirpc.RunPluginResponse{Output: &code})
	}
	return closer.Close()
}

// bytesOf gives the field of a message.
func bytesOf(message []byte, wanted protowire.Number) ([]byte, error) {
	for len(message) > 0 {
		number, kind, length := protowire.ConsumeField(message)
		if length < 0 {
			return nil, protowire.ParseError(length)
		}
		if number == wanted && kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(message)
			value, _ := protowire.ConsumeBytes(message[tag:length])
			return value, nil
		}
		message = message[length:]
	}
	return nil, fmt.Errorf("the engine names no folder of the policy pack (field %d is missing)", wanted)
}
