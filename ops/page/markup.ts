/** HTML and SVG that can't be ill-formed: elements are nested values, and every text is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

/** The content of an element. */
export type Child = Markup | string | number | undefined | readonly Child[];

type Attributes = Readonly<Record<string, string | number | undefined>>;

function escaped(text: string): string {
  return (
    text
      // Control characters are allowed in neither HTML nor XML.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
  );
}

/** An element; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(String(value))}"`]))
    .join("");
  const content = children.map(childText).join("");
  return new Markup(
    content === "" && voidNames.has(name) ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`,
  );
}

const voidNames = new Set(["meta", "br", "path", "rect", "line", "circle"]);

function childText(child: Child): string {
  if (child === undefined) return "";
  if (child instanceof Markup) return child.text;
  return typeof child === "object" ? child.map(childText).join("") : escaped(String(child));
}
