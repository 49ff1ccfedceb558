import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "coverage/", "**/dist/", "**/node_modules/"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    // A person who hovers over a name reads a sentence that says what the thing is.
    files: [
      "{aws,artifacts,cli,components,monitoring,ops,outputs,planning,policies,scripts,settings,stack,trials}/**/*.ts",
    ],
    plugins: { jsdoc },
    rules: {
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          enableFixer: false,
          require: { ClassDeclaration: true, FunctionDeclaration: true },
          contexts: [
            "TSInterfaceDeclaration",
            "TSTypeAliasDeclaration",
            "ExportNamedDeclaration > VariableDeclaration",
          ],
        },
      ],
      "jsdoc/match-description": [
        "error",
        {
          mainDescription: "^\\s*(?!Of )\\S",
          contexts: ["any"],
          message: 'begins with the thing itself, not with "Of"',
        },
      ],
    },
  },
  {
    // Prettier breaks code; what it leaves alone are comments, and texts where they are worth a line of their own.
    rules: {
      "max-len": [
        "error",
        {
          code: 120,
          ignoreUrls: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
          ignorePattern: "^ *it\\(",
        },
      ],
    },
  },
  {
    // Left to itself a client of the SDK waits without end for a host that does not answer.
    files: ["aws/**", "ops/**", "scripts/**", "stack/**", "trials/**"],
    // The two others give each call a deadline of its own.
    ignores: ["stack/awsClients.ts", "ops/guardian/groups.ts", "stack/launchFailures.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "NewExpression > :matches(Identifier.callee[name=/^(EC2|S3|IAM|SSM|STS|AutoScaling|Route53)Client$/], " +
            "MemberExpression.callee[property.name=/^(EC2|S3|IAM|SSM|STS|AutoScaling|Route53)Client$/])",
          message: "made in stack/awsClients.ts, with limits",
        },
      ],
    },
  },
  {
    // Types that aren't there before a program has installed the package; tests have them checked. And scripts without.
    files: ["examples/{own-program,service}/**", "**/*.mjs"],
    ...tseslint.configs.disableTypeChecked,
  },
  {
    // Test bodies hand mocha functions of either kind, and look into data of unknown shape.
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
    },
  },
);
