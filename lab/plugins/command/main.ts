import { serve } from "../common/serve";
import { commandProvider } from "./provider";

serve(commandProvider);
