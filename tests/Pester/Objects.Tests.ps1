BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Objects' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $container = New-Container busybox -Name web -MemoryMax 64m -Env A=1 -Mount "$($store.RootFs)/www:/data:ro" -Label app=x -- sleep 600 | Start-Container -PassThru
    }

    AfterAll {
        Remove-TestStore $store
    }

    Context 'Getters' {
        It 'never throw, also when all are read' {
            foreach ($thing in $container, (Get-Image busybox), (Get-CgroupLimit web), (Measure-Container web), (Get-ContainerHost)) {
                { $thing | Select-Object * -ErrorAction Stop | Format-List * | Out-String } | Should -Not -Throw
                foreach ($property in $thing.PSObject.Properties) { { $property.Value } | Should -Not -Throw }
            }
        }

        It 'name nothing that binds to the wrong cmdlet' {
            $container.PSObject.Properties.Name | Should -Not -Contain 'ContainerId'
        }
    }

    Context 'Serialisation' {
        It 'writes enumerations as text and keeps scalars, in JSON' {
            $json = $container | Select-Object Name, Id, @{ n = 'State'; e = { "$($_.State)" } } | ConvertTo-Json | ConvertFrom-Json
            $json.State | Should -Be 'Running'
            $whole = $container | ConvertTo-Json -Depth 4 -EnumsAsStrings -WarningAction SilentlyContinue | ConvertFrom-Json
            $whole.Id | Should -Be $container.Id
            $whole.State | Should -Be 'Running'
            $whole.Mounts[0].Destination | Should -Be '/data'
            $whole.Limits.MemoryMax | Should -Be 64MB
        }

        It 'survives Export-Clixml and names its container again' {
            $container | Export-Clixml "$TestDrive/container.xml"
            $revived = Import-Clixml "$TestDrive/container.xml"
            $revived.Id | Should -Be $container.Id
            $revived.State | Should -Be 'Running'
            $revived.StopSignal | Should -Be 'Term'
            $revived.Mounts[0].Destination | Should -Be '/data'
            $revived.Limits.MemoryMax | Should -Be 64MB
            $revived.Labels['app'] | Should -Be 'x'
            ($revived | Get-Container).Name | Should -Be 'web'
        }

        It 'formats a deserialised object as the live one' {
            $container | Export-Clixml "$TestDrive/container.xml"
            Import-Clixml "$TestDrive/container.xml" | Out-String -Width 160 | Should -Match "$($container.ShortId)\s+web\s+busybox\S*\s+Running"
        }

        It 'crosses a job and comes back' {
            $module = Get-ModulePath
            $job = Start-Job -ScriptBlock { Import-Module $using:module; Get-Container web }
            $revived = $job | Wait-Job | Receive-Job
            $job | Remove-Job
            $revived.Id | Should -Be $container.Id
            ($revived | Get-Container).State | Should -Be 'Running'
        }

        It 'works in a thread job' {
            if (-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'this pwsh has no ThreadJob module' }
            $module = Get-ModulePath
            $job = Start-ThreadJob -ScriptBlock { Import-Module $using:module; Get-Container web }
            $received = $job | Wait-Job | Receive-Job
            $job | Remove-Job
            $received.Id | Should -Be $container.Id
        }

        It 'works in ForEach-Object -Parallel' {
            $module = Get-ModulePath
            $names = 1..4 | ForEach-Object -Parallel { Import-Module $using:module; (Get-Container web).Name } -ThrottleLimit 4
            $names | Should -Be 'web', 'web', 'web', 'web'
        }
    }

    Context 'Completion' {
        BeforeAll {
            function Get-Completion([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText }
        }

        It 'completes names of containers' {
            Get-Completion 'Stop-Container w' | Should -Contain 'web'
            Get-Completion 'Get-Container -Name w' | Should -Contain 'web'
            Get-Completion 'Invoke-ContainerCommand w' | Should -Contain 'web'
        }

        It 'completes ids and images' {
            Get-Completion "Get-Container -Id $($container.Id.Substring(0, 3))" | Should -Contain $container.ShortId
            Get-Completion 'New-Container bu' | Should -Contain 'busybox'
        }

        It 'completes signals, capabilities, namespaces and enumerations' {
            Get-Completion 'Send-ContainerSignal web -Signal HU' | Should -Contain 'HUP'
            Get-Completion 'New-Container busybox -CapAdd NET_A' | Should -Contain 'NET_ADMIN'
            Get-Completion 'New-Container busybox -Network ho' | Should -Contain 'host'
            Get-Completion 'New-Container busybox -Pid container:w' | Should -Contain 'container:web'
            Get-Completion 'Get-Container -State Runn' | Should -Contain 'Running'
        }
    }
}
