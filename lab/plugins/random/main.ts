import { serve } from "../common/serve";
import { randomProvider } from "./provider";

serve(randomProvider);
