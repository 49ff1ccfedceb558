const againMs = 60_000;

/** Writes a text to the log when it is another one than the last, or a minute old. */
export function sayOnce(): (text: string) => void {
  let last = { text: "", at: 0 };
  return (text) => {
    if (text === last.text && Date.now() - last.at < againMs) return;
    last = { text, at: Date.now() };
    console.error(text);
  };
}
