/** The image that instances are started from. */
export interface Image {
  readonly id: string;
  /** The device of the root volume, e.g. `/dev/xvda`. */
  readonly rootDeviceName: string;
}
