import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/review/",
  plugins: [react()],
  // The server's policy for the page lets no script run that stands in the page itself.
  build: {
    outDir: "../dist/workspace",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ["/reviews", "/threads", "/board", "/policies", "/autonomy", "/me", "/session"].map((path) => [
        path,
        "http://127.0.0.1:8123",
      ]),
    ),
  },
});
