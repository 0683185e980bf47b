import { expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

const PIN = `-${"A".repeat(21)}`;

it("takes a pin that begins with a - for a pin, wherever one is taken", () => {
  const project = sealedProject();
  const carol = { env: project.sandbox.otherHome("carol") };
  expect(project.fails(["pin", "confirm", PIN, "--yes"], carol).error).toBe("PIN_MISMATCH");
  expect(project.fails(["pin", "confirm", "--yes", PIN], carol).error).toBe("PIN_MISMATCH");
  expect(project.fails(["join", "--name", "carol", "--pin", PIN, "--yes"], carol).error).toBe("PIN_MISMATCH");
  expect(project.fails(["join", "--name", "carol", `--pin=${PIN}`, "--yes"], carol).error).toBe("PIN_MISMATCH");
});

it("takes nothing else that begins with a -", () => {
  const project = sealedProject();
  for (const args of [
    ["confirm", `-${"A".repeat(20)}`],
    ["confirm", `-${"A".repeat(22)}`],
    ["confirm", "--nope"],
    ["confirm", "-A"],
  ])
    expect(project.fails(["pin", ...args]).error, args.join(" ")).toBe("USAGE");
  expect(project.fails(["get", PIN]).error).toBe("USAGE");
});
