import assert from "node:assert/strict";
import fc from "fast-check";
import { FlowNetwork, flowOf } from "../../../../planning/placement/minCostFlow";

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe("min-cost flow", () => {
  it("fills the cheapest way first", () => {
    const network = new FlowNetwork();
    const [source, sink] = [network.node(5), network.node(-5)];
    const ways = [3, 1, 2].map((cost) => network.arc(source, sink, 2, cost));
    network.solve();
    assert.deepEqual(ways.map(flowOf), [1, 2, 2]);
  });

  it("keeps what it begins with unless another way is needed", () => {
    const network = new FlowNetwork();
    const sources = [network.node(1), network.node(1)];
    const sinks = [network.node(-1), network.node(-1)];
    const arcs = sources.flatMap((source, row) =>
      sinks.map((sink) => network.arc(source, sink, 1, 0, row === 0 ? 1 : 0)),
    );
    network.solve();
    assert.equal(flowOf(arcs[0] ?? assert.fail()) + flowOf(arcs[1] ?? assert.fail()), 1);
    assert.equal(flowOf(arcs[0] ?? assert.fail()) + flowOf(arcs[2] ?? assert.fail()), 1);
  });

  it("takes the cheapest of all assignments, below 0 too, wherever it begins", () => {
    const size = fc.integer({ min: 1, max: 5 });
    const matrix = <T>(n: number, cell: fc.Arbitrary<T>) =>
      fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: n, maxLength: n });
    const problem = size.chain((n) =>
      fc.record({ costs: matrix(n, fc.integer({ min: -3, max: 6 })), begin: matrix(n, fc.nat(1)) }),
    );
    fc.assert(
      fc.property(problem, ({ costs, begin }) => {
        const network = new FlowNetwork();
        const sinks = costs.map(() => network.node(-1));
        const arcs = costs.map((row, source) => {
          const from = network.node(1);
          return sinks.map((sink, column) => network.arc(from, sink, 1, row[column], begin[source]?.[column]));
        });
        network.solve();
        const chosen = arcs.map((row) => row.findIndex((arc) => flowOf(arc) === 1));
        assert.equal(new Set(chosen).size, costs.length);
        const price = (columns: readonly number[]): number =>
          columns.reduce((sum, column, row) => sum + (costs[row]?.[column] ?? 0), 0);
        assert.equal(price(chosen), Math.min(...orders([...costs.keys()]).map(price)));
      }),
      { numRuns: 300 },
    );
  });

  it("refuses a network that can't carry what is asked for", () => {
    const network = new FlowNetwork();
    network.arc(network.node(2), network.node(-2), 1);
    assert.throws(() => network.solve(), /the network can't carry what its nodes supply/);
  });
});
