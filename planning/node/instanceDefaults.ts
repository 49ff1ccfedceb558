/**
 * The metadata service's options: IMDSv2 only, and only for the instance itself, as with a hop limit of 1 an answer
 * does not survive being forwarded. Tags stay out of it: nodes are told all they need in their user data.
 */
export const metadataOptions = {
  httpEndpoint: "enabled",
  httpTokens: "required",
  httpPutResponseHopLimit: 1,
  instanceMetadataTags: "disabled",
} as const;

/** The root volume of every instance. Amazon Linux needs 8 GiB; the artifacts, the journal and Java need 2. */
export const rootVolume = { volumeType: "gp3", volumeSize: 10 } as const;
