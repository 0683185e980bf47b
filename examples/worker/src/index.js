import { openVaultText } from "envseal/edge";
import vault from "../.env.vault";
import manifest from "../envseal.json";

let values;

export default {
  fetch(_request, env) {
    // Once for each isolate: opening costs a few milliseconds. A wrong key or a changed vault answers no request.
    values ??= openVaultText(vault, { key: env.ENVSEAL_KEY, manifest: JSON.stringify(manifest) });
    return new Response(values.GREETING);
  },
};
