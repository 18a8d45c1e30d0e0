BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    Import-ContainerPS
    $cmdlets = @(Get-Command -Module ContainerPS -CommandType Cmdlet | ForEach-Object { @{ name = $_.Name; command = $_ } })
}

Describe 'Help' {
    It '<name> has a synopsis, a description and an example' -ForEach $cmdlets {
        $help = Get-Help $name
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match '\[<CommonParameters>\]' -Because 'that would be the text made up when there is no help'
        "$($help.description.Text)" | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 1
    }

    It '<name> has words for each of its parameters, and no others' -ForEach $cmdlets {
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        $parameters = $command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
        @((Get-Help $name -Full).parameters.parameter.name) | Sort-Object | Should -Be $parameters
        foreach ($parameter in $parameters) { "$((Get-Help $name -Parameter $parameter).description.Text)" | Should -Not -BeNullOrEmpty -Because "-$parameter is described" }
    }

    It '<name> has examples that PowerShell can parse' -ForEach $cmdlets {
        foreach ($example in (Get-Help $name).examples.example) {
            $errors = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$errors)
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'has a topic about the module' {
        Get-Help about_ContainerPS | Out-String | Should -Match 'without a daemon'
        Get-Help about_ContainerPS_Errors | Out-String | Should -Match 'LayerPathEscape +InvalidData'
    }
}
