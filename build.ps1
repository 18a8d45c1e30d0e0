#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Forwards a build verb to MSBuild or to the program that does it; everything here works without pwsh too.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'TestMany', 'TestAll', 'TestKills', 'Bench', 'TestVm', 'PublicApi', 'Clean')]
    [string] $Verb = 'Build',

    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Arguments = @()
)

$ErrorActionPreference = 'Stop'
Push-Location -LiteralPath $PSScriptRoot
try {
    switch ($Verb) {
        'Build' { dotnet build ContainerPS.sln --nologo @Arguments }
        'Test' { dotnet test ContainerPS.sln --nologo @Arguments }
        'TestMany' {
            # 200 containers in all, 50 at any time, from two processes; without pwsh: the same line with CONTAINERPS_TEST_MANY=200 before it.
            $env:CONTAINERPS_TEST_MANY = if ($Arguments.Count) { $Arguments[0] } else { 200 }
            dotnet test tests/ContainerPS.Engine.Tests --nologo --filter FullyQualifiedName~ContainersManyTests --logger 'console;verbosity=detailed' -- RunConfiguration.TreatNoTestsAsError=true
        }
        'TestAll' {
            # Every Pester suite on both Pesters in every culture, some twenty minutes; without pwsh: the same line with CONTAINERPS_TEST_MATRIX=1 before it.
            $env:CONTAINERPS_TEST_MATRIX = 1
            dotnet test tests/ContainerPS.Commands.Tests --nologo --filter FullyQualifiedName~PesterTests @Arguments -- RunConfiguration.TreatNoTestsAsError=true
        }
        'TestKills' {
            # A pwsh is killed 300 times at random moments, some ten minutes; without pwsh: the same line with CONTAINERPS_TEST_KILLS=300 before it.
            $env:CONTAINERPS_TEST_KILLS = if ($Arguments.Count) { $Arguments[0] } else { 300 }
            dotnet test tests/ContainerPS.Commands.Tests --nologo --filter 'DisplayName~Crash.Tests.ps1' --logger 'console;verbosity=detailed' -- RunConfiguration.TreatNoTestsAsError=true
        }
        'Bench' { dotnet run --project bench/ContainerPS.Bench -c Release -- @Arguments }
        'TestVm' { & ./tests/vm/run @Arguments }
        'PublicApi' { dotnet build ContainerPS/Commands --nologo -t:WritePublicApi @Arguments }
        'Clean' { dotnet clean ContainerPS.sln --nologo @Arguments; if (Test-Path -LiteralPath out) { Remove-Item -LiteralPath out -Recurse -Force } }
    }
}
finally {
    Pop-Location
}
exit $LASTEXITCODE
