import { fileURLToPath } from "node:url"
import vue from "@vitejs/plugin-vue"
import { defineConfig } from "vitest/config"

const gateway = process.env["YIZHAN_GATEWAY"] ?? "http://127.0.0.1:8080"
const passedOn = Object.fromEntries(["/api", "/open311", "/hooks"].map((path) => [path, { target: gateway }]))

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: "true", __INTLIFY_PROD_DEVTOOLS__: "false", __VUE_I18N_LEGACY_API__: "false" },
  server: { proxy: passedOn },
  preview: { proxy: passedOn },
  build: { outDir: "dist", target: "es2022", chunkSizeWarningLimit: 900, reportCompressedSize: false },
  test: { environment: "node", include: ["src/**/*.test.ts"], isolate: false },
})
