/**
 * A lint plugin that keeps `src/` pure: nothing in it names a runtime, so that every runtime, real or simulated, comes
 * in through the `Runtime` seam.
 *
 * @module
 */

const source = new URL("../src/", import.meta.url);
const runtimeGlobals = new Set(["Deno", "Bun", "process"]);
const globalObjects = new Set(["globalThis", "self", "window", "global"]);
const hint = "Ask the Runtime seam for it, and put the mechanism into adapters/";

/** The address of a file below `src/`, or `undefined` for any other file. */
function sourceUrl(fileName: string): URL | undefined {
  // Deno hands over a path or a file URL, depending on who asks.
  const url = new URL(fileName.startsWith("file:") ? fileName : `file://${fileName.replaceAll("\\", "/")}`);
  return url.href.startsWith(source.href) ? url : undefined;
}

/** Whether an identifier is only a property's, member's or export's own name, which stands for nothing global. */
function isMerelyAName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSAbstractMethodDefinition":
    case "TSAbstractPropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node && !parent.computed;
    case "ImportSpecifier":
      return parent.imported === node && parent.local.name !== node.name;
    case "ExportSpecifier":
      return parent.exported === node && parent.local !== node;
    case "TSQualifiedName":
      return parent.right === node;
    case "TSTypeAliasDeclaration":
    case "TSInterfaceDeclaration":
      return parent.id === node;
    default:
      return false;
  }
}

/** Looks through `(x as T)`, `x!` and the like. */
function withoutTypes(node: Deno.lint.Node): Deno.lint.Node {
  switch (node.type) {
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
      return withoutTypes(node.expression);
    default:
      return node;
  }
}

function isGlobalObject(node: Deno.lint.Node | null): boolean {
  const inner = node === null ? undefined : withoutTypes(node);
  return inner?.type === "Identifier" && globalObjects.has(inner.name);
}

/** The name that a property is known by, where the source tells it. */
function propertyName(node: Deno.lint.Node, computed: boolean): unknown {
  if (node.type === "Literal") return node.value;
  return node.type === "Identifier" && !computed ? node.name : undefined;
}

const noRuntimeGlobals: Deno.lint.Rule = {
  create(context) {
    if (sourceUrl(context.filename) === undefined) return {};
    const report = (node: Deno.lint.Node, name: unknown): void =>
      context.report({ node, message: `Cannot use "${name}" in src/: it belongs to a runtime`, hint });
    return {
      Identifier(node) {
        if (runtimeGlobals.has(node.name) && !isMerelyAName(node)) report(node, node.name);
      },
      MemberExpression(node) {
        const name = propertyName(node.property, node.computed);
        if (isGlobalObject(node.object) && runtimeGlobals.has(name as string)) report(node.property, name);
      },
      TSQualifiedName(node) {
        const { left, right } = node;
        if (isGlobalObject(left) && runtimeGlobals.has(right.name)) report(right, right.name);
      },
      VariableDeclarator(node) {
        if (node.id.type !== "ObjectPattern" || !isGlobalObject(node.init)) return;
        for (const property of node.id.properties) {
          if (property.type !== "Property") continue;
          const name = propertyName(property.key, property.computed);
          // The short form `{ process }` is an identifier of its own, reported above.
          if (!property.shorthand && runtimeGlobals.has(name as string)) report(property.key, name);
        }
      },
    };
  },
};

const noRuntimeModules: Deno.lint.Rule = {
  create(context) {
    if (sourceUrl(context.filename) === undefined) return {};
    // Any string, not only that of an import: `getBuiltinModule` may go by another name, and the string may be one
    // of two pieces.
    const check = (node: Deno.lint.Node, text: unknown): void => {
      if (typeof text !== "string" || !/^(?:node|bun):(?:\w|$)/.test(text)) return;
      context.report({ node, message: `Cannot use the module "${text}" in src/: it belongs to a runtime`, hint });
    };
    return {
      Literal: (node) => check(node, node.value),
      TemplateLiteral: (node) => check(node, node.quasis[0]?.cooked),
    };
  },
};

const noOutsideImports: Deno.lint.Rule = {
  create(context) {
    const file = sourceUrl(context.filename);
    if (file === undefined) return {};
    const check = (node: Deno.lint.Node | null): void => {
      if (node === null) return;
      const text = node.type === "Literal" ? node.value : undefined;
      if (typeof text !== "string") {
        context.report({ node, message: "Cannot tell what this imports: only a literal specifier is allowed in src/" });
      } else if (!/^\.{1,2}\//.test(text)) {
        context.report({ node, message: `Cannot import "${text}" in src/: only relative imports are allowed`, hint });
      } else if (!new URL(text, file).href.startsWith(source.href)) {
        context.report({ node, message: `Cannot import "${text}" in src/: it is outside of src/`, hint });
      }
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.argument.type === "TSLiteralType" ? node.argument.literal : node.argument),
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "omni",
  rules: {
    "no-runtime-globals": noRuntimeGlobals,
    "no-runtime-modules": noRuntimeModules,
    "no-outside-imports": noOutsideImports,
  },
};

export default plugin;
