import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Drain } from '../drain.js';
import { DatabaseHealth } from './database-health.js';
import { LIVE, NOT_READY, READY } from './readiness.answers.js';

/** Whether the process lives, and whether it should get requests. */
@ApiTags('health')
@Controller('health')
export class ReadinessController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly drain: Drain,
  ) {}

  @Get('live')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process lives' })
  @ApiResponse(LIVE)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Checks only the database: requests to either app need no broker. */
  @Get('ready')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether requests can be served' })
  @ApiResponse(READY)
  @ApiResponse(NOT_READY)
  ready() {
    return this.checks.check([() => this.databaseIsUp(), () => this.isStaying()]);
  }

  private async databaseIsUp() {
    const indicator = this.indicators.check('database');
    return (await this.database.status()) === 'ok' ? indicator.up() : indicator.down();
  }

  private isStaying() {
    const indicator = this.indicators.check('process');
    return this.drain.isUnderWay ? indicator.down({ message: 'ending' }) : indicator.up();
  }
}
