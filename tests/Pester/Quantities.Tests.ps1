Describe 'Quantities' -Tag Quantities {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        Import-ContainerPS
        function Convert-Argument([type] $Attribute, $Value) {
            $instance = [Activator]::CreateInstance($Attribute)
            $instance.Transform($ExecutionContext, $Value)
        }
    }

    It 'reads <text> as <bytes> bytes' -ForEach @(
        @{ text = '64m'; bytes = 64MB }, @{ text = '64MB'; bytes = 64MB }, @{ text = '64MiB'; bytes = 64MB }, @{ text = '64M'; bytes = 64MB }
        @{ text = '1.5g'; bytes = 1.5GB }, @{ text = '4096'; bytes = 4096 }, @{ text = '10kb'; bytes = 10KB }, @{ text = 'max'; bytes = -1 }, @{ text = '1t'; bytes = 1TB }
    ) {
        (Convert-Argument ([ContainerPS.Commands.ByteSizeArgumentAttribute]) $text).Bytes | Should -Be $bytes
    }

    It 'takes a number of bytes' {
        (Convert-Argument ([ContainerPS.Commands.ByteSizeArgumentAttribute]) 67108864).Bytes | Should -Be 64MB
        (Convert-Argument ([ContainerPS.Commands.ByteSizeArgumentAttribute]) ([long]5GB)).Bytes | Should -Be 5GB
    }

    It 'refuses <text> as a size' -ForEach @(@{ text = '64x' }, @{ text = '-5m' }, @{ text = '1,5g' }, @{ text = '' }, @{ text = 'm' }, @{ text = '9999999999g' }) {
        { Convert-Argument ([ContainerPS.Commands.ByteSizeArgumentAttribute]) $text } | Should -Throw
    }

    It 'reads <value> as <seconds> seconds' -ForEach @(
        @{ value = 10; seconds = 10 }, @{ value = '10'; seconds = 10 }, @{ value = '10s'; seconds = 10 }, @{ value = '5m'; seconds = 300 }, @{ value = '1h'; seconds = 3600 }
        @{ value = '1h30m'; seconds = 5400 }, @{ value = '250ms'; seconds = 0.25 }, @{ value = 2.5; seconds = 2.5 }, @{ value = [timespan]'00:00:07'; seconds = 7 }
        @{ value = '1d'; seconds = 86400 }
    ) {
        (Convert-Argument ([ContainerPS.Commands.DurationArgumentAttribute]) $value).Value.TotalSeconds | Should -Be $seconds
    }

    It 'refuses <value> as a length of time' -ForEach @(@{ value = '10x' }, @{ value = -1 }, @{ value = '30m1h' }, @{ value = [timespan]'-00:00:01' }, @{ value = '' }) {
        { Convert-Argument ([ContainerPS.Commands.DurationArgumentAttribute]) $value } | Should -Throw
    }

    It 'reads <value> as <cpus> CPUs' -ForEach @(@{ value = 0.5; cpus = 0.5 }, @{ value = '0.5'; cpus = 0.5 }, @{ value = 2; cpus = 2 }, @{ value = 'max'; cpus = -1 }) {
        Convert-Argument ([ContainerPS.Commands.CpusArgumentAttribute]) $value | Should -Be $cpus
    }

    It 'refuses a comma in CPUs, whatever the culture' {
        { Convert-Argument ([ContainerPS.Commands.CpusArgumentAttribute]) '0,5' } | Should -Throw '*point*'
        { Convert-Argument ([ContainerPS.Commands.CpusArgumentAttribute]) (0, 5) } | Should -Throw '*point*'
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            Convert-Argument ([ContainerPS.Commands.CpusArgumentAttribute]) 0.5 | Should -Be 0.5
            { Convert-Argument ([ContainerPS.Commands.CpusArgumentAttribute]) '0,5' } | Should -Throw '*point*'
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'binds a literal by what was typed: 1d is a day, though PowerShell reads a decimal number' {
        { Wait-Container nothing-of-that-name -Timeout 1d -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,ContainerPS.Commands.WaitContainerCommand'
        { Wait-Container nothing-of-that-name -Timeout 1q -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,ContainerPS.Commands.WaitContainerCommand'
    }

    Context 'Names with values' {
        It 'takes a hashtable, texts and both' {
            $result = Convert-Argument ([ContainerPS.Commands.KeyValueArgumentAttribute]) @(@{ A = 1.5 }, 'B=x=y', 'C=')
            $result['A'] | Should -Be '1.5'
            $result['B'] | Should -Be 'x=y'
            $result['C'] | Should -Be ''
        }

        It 'refuses a name given twice, an empty name and an array as a value' {
            { Convert-Argument ([ContainerPS.Commands.KeyValueArgumentAttribute]) @('A=1', 'A=2') } | Should -Throw '*twice*'
            { Convert-Argument ([ContainerPS.Commands.KeyValueArgumentAttribute]) '=1' } | Should -Throw
            { Convert-Argument ([ContainerPS.Commands.KeyValueArgumentAttribute]) @{ A = 1, 2 } } | Should -Throw '*several*'
        }
    }

    Context 'Mounts' {
        It 'takes <form>' -ForEach @(
            @{ form = '/src:/dst' }, @{ form = '/src:/dst:rw' }, @{ form = 'type=bind,src=/src,dst=/dst' }, @{ form = 'type=bind,source=/src,target=/dst' }
            @{ form = @{ Source = '/src'; Destination = '/dst' } }
        ) {
            $mount = Convert-Argument ([ContainerPS.Commands.MountArgumentAttribute]) $form
            $mount.Source | Should -Be '/src'
            $mount.Destination | Should -Be '/dst'
            $mount.ReadOnly | Should -BeFalse
        }

        It 'takes ro in each form' {
            foreach ($form in '/a:/b:ro', 'type=bind,src=/a,dst=/b,ro', 'type=bind,src=/a,dst=/b,readonly=true', @{ Source = '/a'; Destination = '/b'; ReadOnly = $true }) {
                (Convert-Argument ([ContainerPS.Commands.MountArgumentAttribute]) $form).ReadOnly | Should -BeTrue
            }
        }

        It 'resolves a relative source against the location of PowerShell' {
            Push-Location $TestDrive
            try {
                (Convert-Argument ([ContainerPS.Commands.MountArgumentAttribute]) './x:/b').Source | Should -Be (Join-Path (Get-Location).ProviderPath 'x')
            }
            finally {
                Pop-Location
            }
        }

        It 'refuses <form>' -ForEach @(@{ form = '/only' }, @{ form = '/a:/b:sideways' }, @{ form = 'type=bind,src=/a' }, @{ form = @{ Source = '/a'; Destination = '/b'; Colour = 'red' } }, @{ form = 42 }) {
            { Convert-Argument ([ContainerPS.Commands.MountArgumentAttribute]) $form } | Should -Throw
        }

        It 'reads a tmpfs with its options' {
            $mount = Convert-Argument ([ContainerPS.Commands.TmpfsArgumentAttribute]) '/run:size=64m,mode=1777,ro'
            $mount.Type | Should -Be 'Tmpfs'
            $mount.TmpfsSize | Should -Be 64MB
            $mount.TmpfsMode | Should -Be ([Convert]::ToInt32('1777', 8))
            $mount.ReadOnly | Should -BeTrue
        }
    }

    Context 'Devices and their limits' {
        It 'reads a throttle in the words of the kernel and as a hashtable' {
            foreach ($form in '8:0 rbps=1m wiops=100', @{ Device = '8:0'; ReadBps = '1m'; WriteIops = 100 }) {
                $limit = Convert-Argument ([ContainerPS.Commands.IoMaxArgumentAttribute]) $form
                $limit.Device | Should -Be '8:0'
                $limit.ReadBps | Should -Be 1MB
                $limit.WriteIops | Should -Be 100
                $limit.WriteBps | Should -BeNullOrEmpty
            }
        }

        It 'refuses an unknown member, a missing device and half a pair' {
            foreach ($form in @{ Device = '8:0'; Colour = 1 }, @{ ReadBps = 1 }, '8:0 rbps', '8:0', '8:0 rbps=1m rbps=2m') {
                { Convert-Argument ([ContainerPS.Commands.IoMaxArgumentAttribute]) $form } | Should -Throw
            }
        }

        It 'wants a unit for a latency target' {
            (Convert-Argument ([ContainerPS.Commands.IoLatencyArgumentAttribute]) '8:0 target=10ms').Target.TotalMilliseconds | Should -Be 10
            { Convert-Argument ([ContainerPS.Commands.IoLatencyArgumentAttribute]) '8:0 target=10' } | Should -Throw '*unit*'
        }

        It 'reads huge page sizes as the kernel names them' {
            $limit = Convert-Argument ([ContainerPS.Commands.HugetlbArgumentAttribute]) '2MB=64MB'
            $limit.PageSize | Should -Be '2MB'
            $limit.Limit | Should -Be 64MB
            (Convert-Argument ([ContainerPS.Commands.HugetlbArgumentAttribute]) @{ 1GB = 2GB }).PageSize | Should -Be '1GB'
        }

        It 'reads resource limits' {
            $limit = Convert-Argument ([ContainerPS.Commands.UlimitArgumentAttribute]) 'nofile=1024:2048'
            $limit.Name, $limit.Soft, $limit.Hard | Should -Be 'nofile', 1024, 2048
            (Convert-Argument ([ContainerPS.Commands.UlimitArgumentAttribute]) 'core=unlimited').Hard | Should -Be -1
        }

        It 'reads devices' {
            $device = Convert-Argument ([ContainerPS.Commands.DeviceArgumentAttribute]) '/dev/sda:/dev/xvda:r'
            $device.HostPath, $device.ContainerPath, $device.Access | Should -Be '/dev/sda', '/dev/xvda', 'r'
            $device = Convert-Argument ([ContainerPS.Commands.DeviceArgumentAttribute]) '/dev/fuse'
            $device.ContainerPath, $device.Access | Should -Be '/dev/fuse', 'rwm'
        }
    }

    Context 'Text of nested objects' {
        It 'reads back to the same: <text>' -ForEach @(
            @{ text = '/a:/b'; attribute = 'MountArgument' }, @{ text = '/a:/b:ro'; attribute = 'MountArgument' }, @{ text = 'tmpfs:/run'; attribute = 'MountArgument' }
            @{ text = '8:0 rbps=1048576 wiops=100'; attribute = 'IoMaxArgument' }, @{ text = '8:0 target=10000us'; attribute = 'IoLatencyArgument' }
            @{ text = '2MB=67108864'; attribute = 'HugetlbArgument' }, @{ text = 'nofile=1024:2048'; attribute = 'UlimitArgument' }
            @{ text = '/dev/sda:/dev/xvda:r'; attribute = 'DeviceArgument' }
        ) {
            "$(Convert-Argument ([type]"ContainerPS.Commands.${attribute}Attribute") $text)" | Should -Be $text
        }
    }

    Context 'Others' {
        It 'reads signals' {
            foreach ($form in 'TERM', 'SIGTERM', 'term', 15, '15') { [int](Convert-Argument ([ContainerPS.Commands.SignalArgumentAttribute]) $form) | Should -Be 15 }
            { Convert-Argument ([ContainerPS.Commands.SignalArgumentAttribute]) 'NOSUCH' } | Should -Throw
        }

        It 'reads moments' {
            $ago = Convert-Argument ([ContainerPS.Commands.PointInTimeArgumentAttribute]) '10m'
            ([DateTimeOffset]::Now - $ago).TotalMinutes | Should -BeGreaterThan 9.9
            ([DateTimeOffset]::Now - $ago).TotalMinutes | Should -BeLessThan 10.1
            (Convert-Argument ([ContainerPS.Commands.PointInTimeArgumentAttribute]) '2026-01-02T03:04:05Z').UtcDateTime.Hour | Should -Be 3
            Convert-Argument ([ContainerPS.Commands.PointInTimeArgumentAttribute]) ([datetime]'2026-01-02') | Should -Be ([DateTimeOffset][datetime]'2026-01-02')
            Convert-Argument ([ContainerPS.Commands.PointInTimeArgumentAttribute]) '2026-01-02' | Should -Be ([DateTimeOffset][datetime]'2026-01-02')
            { Convert-Argument ([ContainerPS.Commands.PointInTimeArgumentAttribute]) 'soon' } | Should -Throw
        }

        It 'reads CPU lists, also as PowerShell parses them' {
            Convert-Argument ([ContainerPS.Commands.CpuListArgumentAttribute]) '0-1,3' | Should -Be '0-1,3'
            Convert-Argument ([ContainerPS.Commands.CpuListArgumentAttribute]) (0, 1) | Should -Be '0,1'
            Convert-Argument ([ContainerPS.Commands.CpuListArgumentAttribute]) 0 | Should -Be '0'
            { Convert-Argument ([ContainerPS.Commands.CpuListArgumentAttribute]) 'all' } | Should -Throw
        }

        It 'reads counts' {
            Convert-Argument ([ContainerPS.Commands.CountArgumentAttribute]) 50 | Should -Be 50
            Convert-Argument ([ContainerPS.Commands.CountArgumentAttribute]) 'max' | Should -Be -1
            { Convert-Argument ([ContainerPS.Commands.CountArgumentAttribute]) 0 } | Should -Throw
            { Convert-Argument ([ContainerPS.Commands.CountArgumentAttribute]) 1.5 } | Should -Throw
        }
    }
}
