export {
  findInstanceFacts,
  instanceFacts,
  knownInstanceTypes,
  type Architecture,
  type InstanceFacts,
} from "../../settings/instanceTypes";
