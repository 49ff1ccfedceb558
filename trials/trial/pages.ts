/** Every item of a list that AWS gives page by page. */
export async function collected<Page, One>(
  pages: AsyncIterable<Page>,
  pick: (page: Page) => readonly One[] | undefined,
): Promise<One[]> {
  const found: One[] = [];
  for await (const page of pages) found.push(...(pick(page) ?? []));
  return found;
}
