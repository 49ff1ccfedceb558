/** `npm run watch -- [--stack NAME]`: the page of a stack's cluster, in the browser. */
import { runCommand } from "../cli/command";
import { interruptionSignal } from "../cli/interruption";
import { flag, stackOption, wholeNumber, withDefault } from "../cli/options";
import { requireFreePort } from "../cli/port";
import { monitoringPorts } from "../planning/cluster/names";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { openBrowser } from "../stack/openBrowser";
import { opsAccess } from "../stack/opsAccess";
import { openTunnel } from "../stack/opsTunnel";
import { rawStackOutputs } from "../stack/stackOutputs";
import { monitoringRemark, watchPage } from "../stack/watch";

runCommand(
  {
    name: "watch",
    about:
      "Opens the page of a stack's cluster in the browser: is it well, what is wrong, what is being done about it. " +
      "It comes from the ops host by an SSH tunnel, which lasts until Ctrl-C.",
    options: {
      stack: stackOption(localStack),
      port: withDefault(
        wholeNumber("N", "the port of this machine that leads there", 1, 65_535),
        String(monitoringPorts.page),
      ),
      noOpen: flag("print the page's address and open no browser"),
    },
    notes: "npm run ops -- status --watch shows the cluster in the terminal.",
  },
  async ({ stack, port, noOpen }) => {
    await requireFreePort(port, "another watch");
    const environment = await stackEnvironment(stack);
    adoptEnvironment(environment);
    const access = await opsAccess(await rawStackOutputs(stack, environment), stack);
    const { signal } = interruptionSignal();
    const url = `http://127.0.0.1:${port}/`;
    await watchPage(url, signal, {
      open: () => openTunnel(access, { local: port, remote: monitoringPorts.page }, signal),
      remark: () => monitoringRemark(url, stack),
      show: () => (noOpen ? Promise.resolve(true) : openBrowser(url)),
      report: (line) => console.log(line),
    });
    return 0;
  },
);
