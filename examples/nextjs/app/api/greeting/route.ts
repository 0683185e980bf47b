export const dynamic = "force-dynamic";

// Read when the module is loaded, as database clients and the like do.
const greeting = process.env.GREETING;

export function GET(): Response {
  return Response.json({ greeting });
}
