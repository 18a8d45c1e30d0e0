Describe 'Import' {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $module = Get-ModulePath
        $pwsh = Get-PwshPath
    }

    It 'exports exactly what the manifest lists' {
        $exported = & $pwsh -NoProfile -Command "(Import-Module '$module' -PassThru).ExportedCommands.Keys"
        $data = Import-PowerShellDataFile "$module/ContainerPS.psd1"
        $exported | Sort-Object | Should -Be (@($data.CmdletsToExport) + @($data.AliasesToExport) | Sort-Object)
    }

    It 'passes Test-ModuleManifest' {
        Test-ModuleManifest "$module/ContainerPS.psd1" | Should -Not -BeNullOrEmpty
    }

    It 'warns of nothing' {
        & $pwsh -NoProfile -Command "Import-Module '$module' 3>&1" | Should -BeNullOrEmpty
    }

    It 'loads no assembly but its own three' {
        $loaded = & $pwsh -NoProfile -Command "
            `$before = [AppDomain]::CurrentDomain.GetAssemblies().Location
            Import-Module '$module'
            [AppDomain]::CurrentDomain.GetAssemblies().Location | Where-Object { `$_ -notin `$before -and `$_ -notlike '*/shared/Microsoft.NETCore.App/*' } | Split-Path -Leaf"
        $loaded | Where-Object { $_ -notin 'ContainerPS.dll', 'ContainerPS.Engine.dll', 'ContainerPS.Native.dll' -and $_ -notlike 'System.*' -and $_ -notlike 'Microsoft.PowerShell.*' } |
            Should -BeNullOrEmpty
    }

    It 'imports beside a module that has brought another version of what it was built with' {
        # The help was made with Markdig, pwsh has a Markdig of its own, the stranger a third one: ours asks for none of them.
        $stranger = Join-Path $TestDrive 'stranger'
        $null = New-Item -ItemType Directory $stranger
        Add-Type -TypeDefinition 'namespace Stranger { public static class Marker { public const int Version = 7; } }' -OutputAssembly "$stranger/Markdig.dll" -OutputType Library
        Set-Content "$stranger/stranger.psd1" "@{ RootModule = 'Markdig.dll'; ModuleVersion = '7.0' }"
        & $pwsh -NoProfile -Command "
            Import-Module '$stranger/stranger.psd1'
            Import-Module '$module'
            (Get-Command Get-Container).ImplementingType.FullName" | Should -Be 'ContainerPS.Commands.GetContainerCommand'
    }

    It 'can be imported twice and removed' {
        & $pwsh -NoProfile -Command "Import-Module '$module'; Import-Module '$module' -Force; Remove-Module ContainerPS; Import-Module '$module'; 'ok'" | Should -Be 'ok'
    }

    It 'imports for a user who is not root' {
        if ((id -u) -ne '0' -or -not (Get-Command setpriv -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'needs root and setpriv (Debian: util-linux)' }
        $copy = Join-Path ([IO.Path]::GetTempPath()) ('containerps-import-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
        try {
            Copy-Item $module $copy -Recurse
            chmod -R a+rX $copy
            setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp $pwsh -NoProfile -Command "Import-Module '$copy/ContainerPS.psd1'; (Get-Command -Module ContainerPS -CommandType Cmdlet).Count" |
                Should -BeGreaterThan 15
        }
        finally {
            Remove-Item $copy -Recurse -Force
        }
    }

    It 'resolves a name that another module has too by its own' {
        & $pwsh -NoProfile -Command "Import-Module '$module'; function Get-Image { 'other' }; (Get-Command 'ContainerPS\Get-Image').ModuleName" | Should -Be 'ContainerPS'
    }
}
