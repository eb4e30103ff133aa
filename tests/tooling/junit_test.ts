import assert from "node:assert/strict";
import { it } from "node:test";
import { countTests, findFailures } from "../../tools/junit.ts";

it("countTests() counts Deno's steps and not their groups", () => {
  const report = `<testsuites name="deno test" tests="6" failures="3" errors="0" time="0.022">
    <testsuite name="./tests/x_test.ts" tests="2" disabled="1" errors="0" failures="1">
      <testcase name="y" classname="./tests/x_test.ts" time="0.000" line="4" col="4">
        <skipped/>
      </testcase>
      <testcase name="group" classname="./tests/x_test.ts" time="0.013" line="6" col="1">
        <failure message="1 test step failed">1 test step failed.</failure>
      </testcase>
    </testsuite>
    <testsuite name="steps" tests="4" disabled="0" errors="0" failures="2">
      <testcase name="group &gt; a" time="0.000">
      </testcase>
      <testcase name="group &gt; inner" time="0.010">
        <failure message="2 test steps failed">2 test steps failed.</failure>
      </testcase>
      <testcase name="group &gt; inner &gt; b" time="0.000">
        <failure message="Uncaught Error: no">Error: no</failure>
      </testcase>
      <testcase name="group &gt; inner &gt; c" time="0.000">
        <failure message="Uncaught Error: no">Error: no</failure>
      </testcase>
    </testsuite>
  </testsuites>`;
  assert.deepEqual(countTests(report), { passed: 1, failed: 2, skipped: 1 });
});

it("countTests() counts a Deno group that failed by itself", () => {
  const report =
    `<testcase name="group" time="0.013"><failure message="Uncaught Error: in a hook">...</failure></testcase>
    <testcase name="group &gt; a" time="0.000">
    </testcase>`;
  assert.deepEqual(countTests(report), { passed: 1, failed: 1, skipped: 0 });
});

it("countTests() reads Node's report, with bare angle brackets in attributes", () => {
  const report = `<testsuites>
	<testcase name="a -> b" time="0.000668" classname="test" file="x_test.ts"/>
	<testsuite name="group" time="0.001" disabled="0" errors="0" tests="3" failures="1" skipped="1" hostname="vm">
		<testcase name="c" time="0.000075" classname="group" file="x_test.ts">
			<skipped type="todo" message="because &lt;no>"/>
		</testcase>
		<testcase name="d" time="0.000756" classname="group.inner" file="x_test.ts" failure="1 !== 2&#10;">
			<failure type="testCodeFailure" message="1 !== 2">
Error [ERR_TEST_FAILURE]: 1 !== 2 at &lt;/testcase>
			</failure>
		</testcase>
	</testsuite>
	<!-- tests 3 -->
</testsuites>`;
  assert.deepEqual(countTests(report), { passed: 1, failed: 1, skipped: 1 });
});

it("countTests() does not take Node's entry for a file without tests for a test", () => {
  const entry = (ending: string): string =>
    `<testcase name="tests/x_test.ts" time="0.1" classname="test" file="/a/tests/x_test.ts"${ending}`;
  assert.deepEqual(countTests(entry("/>")), { passed: 0, failed: 0, skipped: 0 });
  assert.deepEqual(countTests(entry('><failure type="undefined" message="load"></failure></testcase>')), {
    passed: 0,
    failed: 1,
    skipped: 0,
  });
});

it("countTests() reads Bun's report", () => {
  const report = `<testsuites name="bun test" tests="3" assertions="0" failures="1" skipped="1" time="0.02">
  <testsuite name="tests/x_test.ts" file="tests/x_test.ts" tests="3" assertions="0" failures="1" skipped="1">
    <testcase name="x" classname="" time="0.000834" file="tests/x_test.ts" line="3" assertions="0" />
    <testsuite name="group" file="tests/x_test.ts" line="6" tests="2">
      <testcase name="z" classname="group" time="0" file="tests/x_test.ts" line="5" assertions="0">
        <skipped message="TODO" />
      </testcase>
      <testcase name="d" classname="inner &gt; group" time="0.000972" file="tests/x_test.ts" line="10" assertions="0">
        <failure type="AssertionError" message="1 !== 2&#10;">AssertionError</failure>
      </testcase>
    </testsuite>
  </testsuite>
</testsuites>`;
  assert.deepEqual(countTests(report), { passed: 1, failed: 1, skipped: 1 });
});

it("countTests() finds nothing in a report that was never written", () => {
  assert.deepEqual(countTests(""), { passed: 0, failed: 0, skipped: 0 });
});

it("findFailures() tells names, messages and places of what each runtime reports", () => {
  const node =
    `<testcase name="d &amp; &quot;e&quot;" time="0.1" classname="g" file="x_test.ts" failure="1 !== &apos;&lt;">
			<failure type="testCodeFailure" message="1 !== &apos;&lt;&#10;&#x1F600;">
Error [ERR_TEST_FAILURE]: 1
      at TestContext.&lt;anonymous> (file:///a/tests/x_test.ts:3:67)
			</failure>
		</testcase><testcase name="ok" time="0.1" file="x_test.ts"/>`;
  assert.deepEqual(findFailures(node), [{ name: 'd & "e"', message: "1 !== '<\n😀", place: "tests/x_test.ts:3:67" }]);
  const deno = `<testcase name="group"><failure message="1 test step failed">1 test step failed.</failure></testcase>
    <testcase name="group &gt; a" time="0.003">
      <failure message="Uncaught Error: x">Error: x
    at NodeTestContext.&lt;anonymous&gt; (file:///a/tests/y_test.ts:3:145)</failure></testcase>`;
  assert.deepEqual(findFailures(deno), [
    { name: "group > a", message: "Uncaught Error: x", place: "tests/y_test.ts:3:145" },
  ]);
  const bun =
    `<testcase name="z" file="tests/z_test.ts" line="3"><failure type="Error" message="x">Error: x&#10;</failure>
    </testcase>`;
  assert.deepEqual(findFailures(bun), [{ name: "z", message: "x", place: "" }]);
});
