import { canonical } from "./canonical.mjs";
import { b64u, ed25519Public, ed25519Sign, hex, hkdf, join, lp, sha256, utf8 } from "./notation.mjs";
import { recipientOf } from "./product.mjs";
import { PROJECT } from "./world.mjs";

/** X25519 ignores these bits: every spelling of one identity signs alike. */
export function clamped(identity) {
  const bytes = Buffer.from(identity);
  bytes[0] &= 248;
  bytes[31] = (bytes[31] & 127) | 64;
  return bytes;
}
export const seedOf = (identity, project = PROJECT) => hkdf(clamped(identity), project, utf8("envseal/v1 signing"));
export const signerOf = (identity) => `ed25519:${b64u(ed25519Public(seedOf(identity)))}`;
export const adminOf = (identity) => ({ recipient: recipientOf(identity), signer: signerOf(identity) });

export function signedBytes(kind, environment, { signatures: _, ...members }, project = PROJECT) {
  return join(lp(`envseal/v1 sign ${kind}`), lp(project), lp(environment), lp(canonical(members)));
}
export const digestOf = (signed) => sha256(signed);
export const digestText = (statement) => `sha256:${b64u(digestOf(signedBytes("authority", "", statement)))}`;
export const pinOf = (statement) => digestOf(signedBytes("authority", "", statement)).subarray(0, 16);

/** @param who [name, identity] */
export function signed(kind, environment, statement, [name, identity], project = PROJECT) {
  const signature = ed25519Sign(seedOf(identity, project), signedBytes(kind, environment, statement, project));
  return { ...statement, signatures: { [name]: `ed25519:${b64u(signature)}` } };
}

/** How one statement of the vectors was made. */
export function described(about, kind, environment, statement) {
  const bytes = signedBytes(kind, environment, statement);
  const { signatures, ...members } = statement;
  const [[name, signature]] = Object.entries(signatures);
  return { about, kind, environment, canonical: canonical(members), signed: hex(bytes), digest: hex(digestOf(bytes)), name, signature };
}

/** The list as a manifest holds it. */
export const inOrder = (statements) => [...statements].sort((a, b) => a.revision - b.revision || (digestText(a) < digestText(b) ? -1 : 1));

/** What follows one or two statements, with a change (undefined takes a member away); unsigned. */
export function following(previous, change = {}) {
  const { signatures: _, ...last } = previous[0];
  const revision = Math.max(...previous.map((statement) => statement.revision)) + 1;
  const next = { ...last, revision, previous: previous.map(digestText).sort(), ...change };
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
}
