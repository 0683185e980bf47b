import { withEnvseal } from "envseal/next";
import type { NextConfig } from "next";

const nextConfig: NextConfig = {
  output: "standalone",
};

export default withEnvseal(nextConfig);
