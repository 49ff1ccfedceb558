/** The part of kafkajs that `recordBatches.ts` replaces. */
declare module "kafkajs/src/protocol/requests/fetch/v11/response" {
  const response: { decode: (bytes: Buffer) => Promise<object> };
  export default response;
}
