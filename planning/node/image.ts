/** The image that instances are started from. */
export interface Image {
  readonly id: string;
  /** E.g. `/dev/xvda`. */
  readonly rootDeviceName: string;
}
