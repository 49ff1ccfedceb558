/** Which room may use which, and that nothing goes round in a circle: `npm run lint:rooms`. docs/architecture.md has the table. */

const rooms = ["settings","planning","artifacts","policies","aws","components","ops","cli","stack","trials","scripts","lab","examples","node"];
export default {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|test)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
