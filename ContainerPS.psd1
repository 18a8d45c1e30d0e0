@{
    RootModule           = 'ContainerPS.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'f164888e-f8d2-4ab9-8708-41707326c41b'
    Author               = 'The ContainerPS Authors'
    CompanyName          = 'The ContainerPS Authors'
    Copyright            = 'Copyright (c) The ContainerPS Authors'
    Description          = 'Linux containers as PowerShell objects: images, containers, limits and logs, without a daemon.'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.6'
    FormatsToProcess     = @('ContainerPS.Format.ps1xml')
    TypesToProcess       = @('ContainerPS.Types.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Get-CgroupLimit'
        'Get-Container'
        'Get-ContainerEvent'
        'Get-ContainerHost'
        'Get-ContainerLog'
        'Get-Image'
        'Import-Image'
        'Invoke-Container'
        'Invoke-ContainerCommand'
        'Measure-Container'
        'New-Container'
        'New-Image'
        'Remove-Container'
        'Remove-Image'
        'Repair-ContainerStorage'
        'Resume-Container'
        'Send-ContainerSignal'
        'Set-CgroupLimit'
        'Start-Container'
        'Stop-Container'
        'Suspend-Container'
        'Test-ContainerStorage'
        'Wait-Container'
    )
    AliasesToExport      = @(
        'Create-Container'
        'Exec-Container'
        'Get-ContainerStats'
        'Kill-Container'
        'Load-Image'
        'Pause-Container'
        'Run-Container'
        'Unpause-Container'
    )
    PrivateData          = @{
        PSData = @{
            Tags = @('Linux', 'Container', 'OCI', 'Docker', 'Podman', 'cgroup', 'PSEdition_Core')
        }
    }
}
