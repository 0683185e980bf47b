import type { Plays } from "../../support/document-steps.ts";

/** Documents that are followed from top to bottom, in one place. */

const SERVER = ["ENVSEAL_KEY=esk_…", 'ENVSEAL_KEY="$(cat ../key)"'] as const;

export const README: Plays = {
  Start: [
    {
      // test/e2e/newcomer.test.ts installs the package for real.
      put: [
        ["npm install envseal\n", ""],
        ["deploy-key create server", "deploy-key create server | tee ../key"],
      ],
      shows: /esk_default_/,
    },
    { put: [SERVER] },
  ],
  "Every day": { shows: /all is well/ },
  "With a team": {
    put: [
      ["npx envseal join", "bob npx envseal join"],
      ["npx envseal revoke", "git commit -qam 'grant bob'\nnpx envseal revoke"],
    ],
  },
  "Nothing leaves by mistake": {
    before:
      "git add -A && git commit -qm team && git init -q --bare ../origin.git && git remote add origin ../origin.git && git push -q -u origin main",
  },
  "Merges and history": { before: "git add -A && git commit -qm ci && git tag v1.4.0", put: [[".env.production", ".env"]] },
  "Over the years": { shows: /ada-2 has access to default/ },
  "Try it, test it": { skip: "the first is scripts/demo.mjs, the second is this" },
};

export const CI: Plays = {
  "Check every push": {},
  "Values in a job": {
    before: "envseal deploy-key create job -e default >../key",
    put: [["ENVSEAL_KEY=…", 'ENVSEAL_KEY="$(cat ../key)"']],
  },
  "Docker and Compose": [
    { skip: "needs a Docker daemon; test/e2e/ci/templates.test.ts runs what the Dockerfile runs" },
    {
      put: [
        ["export --format", "export -e default --format"],
        ["--output app.env", "--yes --output app.env"],
      ],
    },
  ],
  Kubernetes: {
    put: [
      ["create cluster", "create cluster -e default"],
      ["--name app", "--name app -e default"],
    ],
  },
  systemd: {
    put: [
      ["export --cwd /srv/app", 'export --cwd "$PWD" -e default'],
      ["/etc/app.env", "../app.env"],
    ],
  },
  "Heroku, Fly, Render": { put: [["heroku", "KEY=$(cat ../key)\nheroku"]] },
};

const IDENTITY = "cp ~/config/envseal/identities/* ~/recovered/identity.txt";

/** `../recover.py` and `../english.txt` are there: the script of the page, and the word list it names. */
export const RECOVERY: Plays = {
  "What you need": { skip: "installs packages; where they are missing, this document is not run" },
  Steps: [
    {},
    {
      before: `cp ../recover.py ~/recovered/ && ${IDENTITY}`,
      put: [["path/to/the/repository", "."]],
      shows: /4 values of \.env\.production\.vault/,
    },
    { shows: /values of services\/api\/\.env\.vault/ },
  ],
  "Your secret": [
    { put: [["~/.config/envseal/identities/PROJECT", "~/config/envseal/identities/*"]] },
    { put: [["english.txt", "../english.txt"]] },
    { before: "envseal deploy-key create server -e default >../key", put: [["cat >", "cat ../key | cat >"]] },
    { put: [["team.backup", "~/envseal.backup"]] },
  ],
  "An old commit": { before: `${IDENTITY}; git commit -qam more`, put: [["COMMIT", "HEAD~1"]], shows: /4 values of/ },
};
