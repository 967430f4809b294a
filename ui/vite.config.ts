import { defineConfig } from "vitest/config";

// The three files have fixed names and are committed, so that `pip install` needs no node; the same source gives the
// same bytes. LICENSES.txt lies in public/ and is copied beside them.
export default defineConfig({
  base: "/",
  build: {
    outDir: "../src/overpaint/server/static",
    emptyOutDir: true,
    assetsDir: ".",
    assetsInlineLimit: 0,
    sourcemap: false,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: "app.js",
        assetFileNames: "app.[ext]",
      },
    },
  },
  test: { environment: "node", include: ["tests/**/*.test.ts"] },
});
