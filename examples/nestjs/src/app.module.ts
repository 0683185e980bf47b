import { Module } from "@nestjs/common";
import { ConfigModule } from "@nestjs/config";
import { AppController } from "./app.controller.js";

@Module({
  // The vault is in process.env already (see "start"); a plaintext .env is not read, which would expand and override.
  imports: [ConfigModule.forRoot({ ignoreEnvFile: true, isGlobal: true })],
  controllers: [AppController],
})
export class AppModule {}
