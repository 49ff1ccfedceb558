export {
  instanceFacts,
  tabledType,
  tabledTypes,
  type Architecture,
  type InstanceFacts,
  type LearnedTypes,
} from "../../settings/instanceTypes";
