// The last line of a test run: how many passed and failed, from the runner's own report.
import { readFileSync } from "node:fs";

try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync("coverage/results.json", "utf8"));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  if (numPassedTests === 0) process.exitCode = 1;
} catch {
  console.log("the test runner left no report: something before it failed");
  process.exitCode = 1;
}
