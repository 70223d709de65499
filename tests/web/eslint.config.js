import js from "@eslint/js";
import globals from "globals";

const served = "**/chat_service/static/js";

export default [
  { ignores: ["**/node_modules/**"] },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": ["error", { allow: ["warn"] }],
      "no-implicit-coercion": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: [`${served}/**/*.js`], languageOptions: { globals: globals.browser } },
  { files: [`${served}/recovery.js`], languageOptions: { sourceType: "script" } },
  { files: [`${served}/service_worker.js`], languageOptions: { sourceType: "script", globals: globals.serviceworker } },
  { files: ["tests/web/*"], languageOptions: { globals: { ...globals.node, ...globals.nodeBuiltin } } },
];
