import assert from "node:assert/strict";
import fc from "fast-check";
import { dnsVpcOf } from "../../../settings/dnsVpc";
import { instanceFacts, tabledType, tabledTypes } from "../../../settings/instanceTypes";
import { didYouMean, nearest } from "../../../settings/nearest";
import { regionFrom, regionVariable } from "../../../settings/region";
import { visible } from "../../../settings/visible";
import { wrapped } from "../../../settings/wrapped";

describe("texts for people", () => {
  it("show what is invisible, and leave spaces and line breaks", () => {
    assert.equal(visible("a b\nc é 中"), "a b\nc é 中");
    assert.equal(visible("a\u00a0b\u200bc\td\r\u0007\u2028\u0000"), "a\\u00a0b\\u200bc\\td\\r\\u0007\\u2028\\u0000");
    assert.equal(visible("\u007f"), "\\u007f");
  });

  it("are wrapped into lines that are as long as they may be, with every word", () => {
    assert.deepEqual(wrapped("one two three", 7), ["one two", "three"]);
    assert.deepEqual(wrapped("one two three", 6), ["one", "two", "three"]);
    assert.deepEqual(wrapped("overlong a", 3), ["overlong", "a"]);
    assert.deepEqual(wrapped("a\n  b", 80), ["a b"]);
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }),
        fc.integer({ min: 9, max: 40 }),
        (words, width) => {
          const lines = wrapped(words.join(" "), width);
          assert.equal(lines.join(" "), words.join(" "));
          for (const [index, line] of lines.entries()) {
            assert.ok(line.length <= width);
            const next = lines[index + 1]?.split(" ")[0];
            assert.ok(next === undefined || line.length + 1 + next.length > width, "the next word had room");
          }
        },
      ),
    );
  });

  it("name the word that was meant, if it is near", () => {
    const known = ["brokerCount", "brokerConfig", "tags", "clusterName"];
    for (const [word, meant] of [
      ["broker_count", "brokerCount"],
      ["BROKER.COUNT", "brokerCount"],
      ["brokerCuont", "brokerCount"],
      ["tag", "tags"],
      ["tgs", "tags"],
      ["clustername", "clusterName"],
      ["clusterNameOf", "clusterName"],
      ["zzzz", undefined],
      ["", undefined],
      ["...", undefined],
      ["brokerInstanceType", undefined],
    ] as const)
      assert.equal(nearest(word, known), meant, word);
    assert.deepEqual([nearest("", []), nearest("...", ["---"])], [undefined, undefined]);
    // The same letters before any other word that is as near.
    assert.equal(nearest("tag_s", ["tag_x", "tags"]), "tags");
    // As near in letters: capitals decide.
    assert.equal(nearest("abX", ["abx1", "abX1"]), "abX1");
    assert.equal(nearest("abX", ["abX1", "abx1"]), "abX1");
    // A third of a long word, two letters of a short one.
    assert.deepEqual(
      [nearest("abcdefghi", ["abcdefXXX"]), nearest("abcdefghi", ["abcdeXXXX"])],
      ["abcdefXXX", undefined],
    );
    assert.deepEqual([nearest("ab", ["XY"]), nearest("abc", ["XYZ"])], ["XY", undefined]);
    assert.deepEqual([didYouMean("tgs", known), didYouMean("zzzz", known)], ["; did you mean tags?", ""]);
  });
});

describe("what a stack is told by other names", () => {
  it("its region by AWS's variables, the first that is set", () => {
    const both = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1" };
    assert.deepEqual([regionVariable(both), regionFrom(both)], ["AWS_REGION", "eu-west-1"]);
    assert.equal(regionFrom({ ...both, AWS_REGION: "" }), "us-east-1");
    assert.deepEqual([regionVariable({}), regionFrom({})], [undefined, undefined]);
  });

  it("a VPC for names by its id, with a region where it is in another", () => {
    assert.deepEqual(dnsVpcOf("vpc-1", "us-east-1"), { id: "vpc-1", region: "us-east-1" });
    assert.deepEqual(dnsVpcOf("eu-west-1/vpc-1", "us-east-1"), { id: "vpc-1", region: "eu-west-1" });
  });

  it("an instance type by its facts, what EC2 has said of others among them", () => {
    const facts = (type: string) => instanceFacts(type, { learnedTypes: [learned] });
    const known = instanceFacts("m7g.xlarge", { learnedTypes: [] });
    const learned = { ...known, type: "x8.test", usdPerHour: 0 };
    assert.equal(known.memoryMiB, 16 * 1024);
    assert.deepEqual([facts("t2.micro").nitro, facts("t3.micro").nitro, facts("x8.test")], [false, true, learned]);
    assert.throws(() => facts("x9.huge"), /unknown instance type "x9\.huge"; add its facts/);
    assert.deepEqual([tabledType("m7g.xlarge"), tabledType("x8.test")], [known, undefined]);
    assert.deepEqual(
      tabledTypes.find(({ type }) => type === "m7g.xlarge"),
      known,
    );
  });
});
