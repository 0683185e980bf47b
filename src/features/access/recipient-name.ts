import { userInfo } from "node:os";
import { isRecipientName } from "../../core/names.ts";
import { configValue } from "../../git/repo.ts";
import { findGitFolder } from "../../project/gitdir.ts";

/** A slug of git's email, else of the login name. */
export async function proposeRecipientName(root: string): Promise<string> {
  const email = findGitFolder(root) === null ? null : await configValue(root, "user.email");
  const source = email?.split("@")[0] ?? userInfo().username;
  const slug = source
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64);
  return isRecipientName(slug) && slug !== "recovery" ? slug : "me";
}
