import { TYPED } from "../../support/document-sandbox.ts";
import type { Plays } from "../../support/document-steps.ts";

const NETWORK = "would install from the registry";
const COMMIT = ["COMMIT", "HEAD~1"] as const;
const GRANTED = "envseal grant bob --all --yes -q && git commit -qam 'grant bob'";
const DAMAGED = "sed -i 2d .env.vault";

/** By heading: what is wrong, which error says so, and whether the block mends it. */
export const TROUBLESHOOTING: Plays = {
  "First: envseal doctor": { ends: 1, shows: /fix: /, before: "rm .env.vault" },
  "Three things that many entries need": [
    { before: DAMAGED, put: [COMMIT] },
    { before: `${DAMAGED}; ${DAMAGED}`, shows: /sealed \.env/ },
  ],
  NEEDS_TERMINAL: { choices: true, symptom: "envseal grant bob --all </dev/null" },
  AMBIGUOUS_ENVIRONMENT: { symptom: "envseal rotate" },
  UNKNOWN_ENVIRONMENT: { before: "echo A=1 >.env.staging", symptom: "envseal list -e staging", cured: true },
  BAD_NAME: { symptom: "echo x | envseal set 'NOT A NAME'" },
  BAD_VALUE: { before: "head -c 200 /dev/urandom >client.p12", symptom: "envseal set CERT <client.p12", shows: /set CERT_BASE64/ },
  NOT_SET: { symptom: "envseal get API_ONLY", shows: /API_ONLY/ },
  MALFORMED_DOTENV: { before: "iconv -f UTF-8 -t UTF-16 .env >16 && mv 16 .env", symptom: "envseal encrypt .env", cured: true },
  DIVERGED: {
    before: `git clone -q ../origin.git ../other && (cd ../other && printf theirs-0123456789 | envseal set API_KEY -q && git commit -qam theirs && git push -q) && git pull -q && sed -i 's/^API_KEY=.*/API_KEY=${TYPED}/' .env`,
    symptom: "envseal sync .env",
    cured: true,
  },
  NOT_INITIALISED: { before: "rm envseal.json", symptom: "envseal get PORT", cured: true, put: [["path/to/project", "."]] },
  WEAK_PASSPHRASE: { before: "echo 'name1990' >weak", symptom: "envseal custody move passphrase --passphrase-file weak" },
  NO_PLAINTEXT: { before: "rm .env .env.production services/api/.env", symptom: "envseal encrypt", cured: true },
  WRONG_FORMAT: { skip: "docs/guide/migrate.md has the same command, and test/e2e/migrating.test.ts runs it on a file of dotenvx" },
  NO_KEY: { before: "git push -q", choices: true, put: [["envseal join", "carol envseal join"]] },
  NO_PIN: {},
  NO_ACCESS: { symptom: "bob envseal get PORT" },
  NEEDS_ADMIN: {
    before: `${GRANTED} && bob envseal pin confirm --yes -q`,
    symptom: "bob envseal rotate --all",
    choices: true,
    put: [["--new-root", "--new-root --yes"]],
  },
  UNCONFIRMED_PIN: {
    before: GRANTED,
    symptom: "printf x | bob envseal set X",
    cured: true,
    put: [
      ["envseal pin confirm", "bob envseal pin confirm --yes"],
      ["envseal pin ", "bob envseal pin "],
    ],
  },
  WRONG_KEY: {
    before: "envseal deploy-key create ci -e production -y >../key",
    put: [["env | grep", "ENVSEAL_KEY=$(cat ../key); export ENVSEAL_KEY\nenv | grep"]],
    shows: /^ENVSEAL_KEY$/m,
  },
  WRONG_PASSPHRASE: {
    before: "envseal custody move passphrase --passphrase-file ../passphrase -y -q",
    put: [["--name bob", "--name ada"]],
  },
  MALFORMED_KEY: {},
  KEY_FILE_MODE: {
    before: `${GRANTED}; chmod 644 ../bob/config/envseal/identities/*`,
    symptom: "bob envseal get PORT",
    put: [
      ["envseal join", "rm ../bob/config/envseal/identities/*\nbob envseal join"],
      ["envseal revoke", "envseal grant bob-2 --all\nenvseal revoke"],
    ],
  },
  KEY_UNKNOWN: {
    before: "cp .env.vault old && envseal rotate --all -q -y && git commit -qam rotated && git checkout -q HEAD~1 -- envseal.json",
    symptom: "envseal get PORT",
    cured: true,
  },
  KEY_DESTROYED: {
    before:
      "envseal rotate --all -q -y && git commit -qam rotated && envseal keys destroy v1 -e default -y --waive-backup 'destroy v1 without a backup' && git commit -qam destroyed && git checkout -q HEAD~2 -- .env.vault",
    symptom: "envseal get PORT",
    cured: true,
    put: [["COMMIT", "HEAD~2"]],
  },
  NO_VAULT: { before: "rm .env.vault", symptom: "envseal get PORT", cured: true, ends: 1 },
  NO_MANIFEST: { symptom: "ENVSEAL_MANIFEST=nowhere.json node -r envseal/config app.js" },
  CONFLICT_MARKERS: {
    before:
      "envseal resolve -h >/dev/null; git checkout -qb side && printf side-0123456789 | envseal set API_KEY -q && envseal require PORT --all -q && git commit -qam side && git checkout -q main && printf main-0123456789 | envseal set API_KEY -q && envseal require OLD -e default -q && git commit -qam main && { git merge -q side || true; }",
    symptom: "envseal get PORT",
    choices: [[0], [1, 2, 3, 4]],
  },
  FOREIGN_VAULT: {
    before: "cp .env.vault .env.staging.vault",
    symptom: "envseal get PORT -e staging",
    put: [
      ["cp .env ", "rm .env.staging.vault\ncp .env "],
      ["cd build/env", "envseal bundle build/env -e production -q\ncd build/env"],
    ],
  },
  UNLISTED_VAULT: { before: "mkdir api && git mv .env.vault api/", symptom: "envseal get PORT -f api/.env.vault", cured: true },
  MOVED_VALUE: {
    before: "sed -i 's/^OLD=/NEW=/' .env.vault",
    symptom: "envseal get NEW",
    put: [["envseal get", "git checkout -q HEAD -- .env.vault\nenvseal get"]],
  },
  TAMPERED: { before: "sed -i 's/\\(API_KEY=enc:v1\\.........:....\\)./\\1_/' .env.vault", symptom: "envseal get API_KEY", cured: true },
  MALFORMED_MANIFEST: { before: "echo , >>envseal.json", symptom: "envseal get PORT", cured: true },
  UNSUPPORTED_FORMAT: { skip: NETWORK },
  FORGED_MANIFEST: {
    before: 'sed -i \'s/"required": \\[\\]/"required": ["X"]/\' envseal.json',
    symptom: "envseal get PORT",
    cured: true,
    put: [["COMMIT", "HEAD"]],
  },
  FORGED_ACCESS: { before: `${GRANTED} && git push -q` },
  PIN_MISMATCH: { shows: /^[\w-]{22}$/m, put: [["pin confirm", "pin confirm --yes"]] },
  OLDER_CHECKOUT: {
    before: "envseal rotate --all -q -y && git commit -qam rotated && git worktree add -q ../old HEAD~1 && git reset -q --hard HEAD~1",
    symptom: "envseal set X=1",
  },
  PARTED: {
    before:
      "git checkout -qb other && envseal env add preview -q && git add -A && git commit -qm preview && git checkout -q - && envseal rotate --all --fence -q -y --allow-older && git commit -qam fence && git checkout -q other",
    symptom: "envseal get PORT",
  },
  BELOW_FLOOR: {
    before: "envseal rotate --all --fence -q -y && git commit -qam fence && git checkout -q HEAD~1 -- .env.vault",
    symptom: "envseal get PORT",
    cured: true,
    put: [["COMMIT", "HEAD"]],
  },
  MISSING_REQUIRED: {
    before: "envseal require DATABASE_URL -e default -q && envseal unset DATABASE_URL -q",
    symptom: "node -r envseal/config app.js",
    choices: true,
  },
  BACKUP: { before: "rm ~/envseal.backup" },
  GIT: {},
  IO: {},
  LOCKED: { before: 'printf \'{"pid":1,"host":"elsewhere"}\' >.git/envseal.lock' },
  EDITOR: { put: [['export EDITOR="code --wait"', 'EDITOR="code --wait" envseal edit']], symptom: "EDITOR=no-such-editor envseal edit" },
  SPAWN: { symptom: "envseal run -- 'npm start'" },
  TIMEOUT: { before: "git commit -q --allow-empty -m x" },
  CUSTODY: {
    before:
      'cat "$XDG_CONFIG_HOME"/envseal/identities/* >../kept && envseal custody move command -y -q -- cat "$(realpath ../kept)" && git commit -qam custody && mv ../kept ../gone',
    symptom: "envseal get PORT",
    choices: [[0], [2], [3]],
  },
  FINDING: { before: "git add -f .env", put: [] },
  BUG: { before: "envseal hooks install -q" },
};
