import { Browser } from "./browser";

// Rendered for each request: what a page reads when it is built stays in the build.
export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <main>
      <p>server: {process.env.GREETING}</p>
      <Browser />
    </main>
  );
}
