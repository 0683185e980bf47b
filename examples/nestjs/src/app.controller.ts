import { Controller, Get } from "@nestjs/common";
import { ConfigService } from "@nestjs/config";

@Controller()
export class AppController {
  constructor(private readonly config: ConfigService) {}

  @Get()
  greeting(): string {
    return this.config.getOrThrow<string>("GREETING");
  }
}
