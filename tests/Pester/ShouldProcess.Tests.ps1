BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'ShouldProcess' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $container = New-Container busybox -Name web -- sleep 600 | Start-Container -PassThru
    }

    AfterAll {
        Remove-TestStore $store
    }

    It '<name> does nothing with -WhatIf' -ForEach @(
        @{ name = 'New-Container'; command = { New-Container busybox -Name other -WhatIf -- true } }
        @{ name = 'Start-Container'; command = { Start-Container web -WhatIf } }
        @{ name = 'Stop-Container'; command = { Stop-Container web -WhatIf } }
        @{ name = 'Remove-Container'; command = { Remove-Container web -Force -WhatIf } }
        @{ name = 'Suspend-Container'; command = { Suspend-Container web -WhatIf } }
        @{ name = 'Send-ContainerSignal'; command = { Send-ContainerSignal web -WhatIf } }
        @{ name = 'Invoke-Container'; command = { Invoke-Container busybox -WhatIf -- true } }
        @{ name = 'Invoke-Container with input'; command = { 'x' | Invoke-Container busybox -WhatIf -- cat } }
        @{ name = 'Invoke-ContainerCommand'; command = { Invoke-ContainerCommand web -WhatIf -- touch /made } }
        @{ name = 'Set-CgroupLimit'; command = { Set-CgroupLimit web -PidsMax 5 -WhatIf } }
        @{ name = 'Remove-Image'; command = { Remove-Image busybox -WhatIf } }
        @{ name = 'New-Image'; command = { New-Image -RootFs $store.RootFs -Name another -WhatIf } }
        @{ name = 'Import-Image'; command = { Import-Image $store.RootFs -WhatIf } }
    ) {
        & $command | Should -BeNullOrEmpty
        $container.State | Should -Be 'Running'
        @(Get-Container).Name | Should -Be 'web'
        @(Get-Image).Repository | Should -Be 'busybox'
        (Get-CgroupLimit web).PidsMax | Should -BeNullOrEmpty
        Invoke-ContainerCommand web -- sh -c 'ls /made 2>/dev/null; true' | Should -BeNullOrEmpty
    }

    It 'asks for those that change state, and for no others' {
        $asking = Get-Command -Module ContainerPS -CommandType Cmdlet | Where-Object { $_.Parameters.ContainsKey('WhatIf') } | ForEach-Object Name
        $silent = Get-Command -Module ContainerPS -CommandType Cmdlet | Where-Object Name -notin $asking | ForEach-Object Name
        $silent | Where-Object { $_ -notmatch '^(Get|Measure|Wait|Test)-' } | Should -BeNullOrEmpty
        $asking | Where-Object { $_ -match '^(Get|Measure|Wait|Test)-' } | Should -BeNullOrEmpty
    }
}
