"use client";

export function Browser() {
  return <p>browser: {process.env.NEXT_PUBLIC_GREETING}</p>;
}
