// Which test files go first in a mutation run: it ends at the first that fails, and what is quick kills nearly all.
import { BaseSequencer } from "vitest/node";

const SLOW = ["test/core/schema", "test/vectors/", "test/crypto/", "test/property/", "test/custody/passphrase"];

const rank = ({ moduleId }) => SLOW.findIndex((part) => moduleId.includes(part));

export class QuickFirst extends BaseSequencer {
  async sort(files) {
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}
