@echo off
node "%~dp0..\scripts\launch.cjs" src/cli/main.ts %*
