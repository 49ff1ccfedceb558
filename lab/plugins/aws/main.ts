import { serve } from "../common/serve";
import { awsService, providerVersion } from "./service";

serve({ name: "aws", version: providerVersion, service: awsService });
