import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Shows a line beside a resource while the engine works on it. */
export type EngineLog = (urn: string, line: string) => void;

/** Progress is a courtesy: when the engine does not take it, nothing is lost. */
export function engineLog(address: string | undefined): EngineLog {
  if (address === undefined || address === "") return () => undefined;
  let client: EngineClient | undefined;
  return (urn, line) => {
    client ??= new EngineClient(address, credentials.createInsecure());
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(line);
    request.setEphemeral(true);
    client.log(request, () => undefined);
  };
}
