import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["HOLDPOINT_URL"] ?? "http://127.0.0.1:8123";

// The page and the agent have one address, so that the browser asks nobody's leave. In production a reverse proxy does
// the same.
const proxy = {
  "/api": { target: server, changeOrigin: true, rewrite: (path: string) => path.replace(/^\/api/, "") },
};

const parts = (file: string) => `${import.meta.dirname}/../../react/${file}`;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // A page of yours finds the package among its own.
  resolve: {
    alias: { "holdpoint/react/style.css": parts("style.css"), "holdpoint/react": parts("index.ts") },
  },
  server: { proxy },
  preview: { proxy },
});
