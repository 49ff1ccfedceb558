/** `npm run ops -- [--stack NAME] shell | status | gate kafka | …`: a command on a stack's ops host. */
import { runCommand } from "../cli/command";
import { stackOption } from "../cli/options";
import { UsageError } from "../cli/userError";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { opsAccess } from "../stack/opsAccess";
import { runOnOpsHost } from "../stack/opsSession";
import { rawStackOutputs } from "../stack/stackOutputs";

const commands = `commands:

  shell            a login on the ops host
  status           one look at the whole cluster (--watch: again and again; --json for programs, with --watch a line
                   each)
  guardian status  who is out, and what is done about it
  logs NODE … | all
                   what machines said, also of those that were replaced: --since 10m | 2026-11-29T01:00, --until TIME,
                   --unit kafka, --follow, --json; NODE is kafka-3, zookeeper-1 or ops
  kafka-topics, kafka-consumer-groups, kafka-configs, zookeeper-shell, …
                   Kafka's own commands, with the cluster's addresses filled in; kafka-commands lists them
  measure          what the brokers' machines do, as JSON (--seconds N, default 60)
  gate zookeeper   wait until the ensemble is whole
  gate kafka       wait until all brokers are in service and in sync
  balance          move copies and leaders to where the settings want them
  rights           make who may do what with the brokers as the settings say
  topics           create missing topics, add partitions, change configs`;

runCommand(
  {
    name: "ops",
    usage: ["[--stack NAME] COMMAND"],
    about: "Runs a command on a stack's ops host. Options after the command are the command's own.",
    options: { stack: stackOption(localStack) },
    words: "rest",
    notes: commands,
  },
  async ({ stack }, words) => {
    if (words.length === 0) throw new UsageError(`no command is given\n\n${commands}`);
    const environment = await stackEnvironment(stack);
    adoptEnvironment(environment);
    return runOnOpsHost(await opsAccess(await rawStackOutputs(stack, environment), stack), words);
  },
);
