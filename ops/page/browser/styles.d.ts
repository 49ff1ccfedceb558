/** A style sheet, which the bundle has as a text. */
declare module "*.css" {
  const text: string;
  export default text;
}
