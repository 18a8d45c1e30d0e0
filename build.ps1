#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Forwards a build verb to MSBuild or to the program that does it; everything here works without pwsh too.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Bench', 'TestVm', 'Clean')]
    [string] $Verb = 'Build',

    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Arguments = @()
)

$ErrorActionPreference = 'Stop'
Push-Location $PSScriptRoot
try {
    switch ($Verb) {
        'Build' { dotnet build ContainerPS.sln --nologo @Arguments }
        'Test' { dotnet test ContainerPS.sln --nologo @Arguments }
        'Bench' { dotnet run --project bench/ContainerPS.Bench -c Release -- @Arguments }
        'TestVm' { & ./tests/vm/run @Arguments }
        'Clean' { dotnet clean ContainerPS.sln --nologo @Arguments; Remove-Item out -Recurse -Force -ErrorAction Ignore }
    }
}
finally {
    Pop-Location
}
exit $LASTEXITCODE
