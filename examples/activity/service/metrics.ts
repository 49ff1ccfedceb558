import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** A registry of OpenMetrics with those of the process, and a way to add gauges that are read when somebody asks. */
export function openMetrics() {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  return { registry, registers, gauge };
}
