import type { InstanceTypeInfo, _InstanceType } from "@aws-sdk/client-ec2";
import { DescribeInstanceTypesCommand } from "@aws-sdk/client-ec2";

import { instanceTypeName } from "../core/kinds";
import { required } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { anExistingInstanceType, mustExist } from "../ec2/references";
import { theOnly } from "./filters";

export const getInstanceType = providerFunction({
  token: "aws:ec2/getInstanceType:getInstanceType",
  properties: { instanceType: required(instanceTypeName) },

  async invoke(context, inputs) {
    await mustExist(context, anExistingInstanceType, "instanceType", inputs.instanceType);
    const command = new DescribeInstanceTypesCommand({ InstanceTypes: [inputs.instanceType as _InstanceType] });
    return describe(theOnly((await ec2(context).send(command)).InstanceTypes, "instance type"));
  },
});

/** The part of the real provider's answer that a machine's size is read from. */
function describe(type: InstanceTypeInfo) {
  const ebs = type.EbsInfo?.EbsOptimizedInfo;
  return {
    id: type.InstanceType,
    autoRecoverySupported: type.AutoRecoverySupported ?? false,
    bareMetal: type.BareMetal ?? false,
    burstablePerformanceSupported: type.BurstablePerformanceSupported ?? false,
    currentGeneration: type.CurrentGeneration ?? false,
    dedicatedHostsSupported: type.DedicatedHostsSupported ?? false,
    defaultCores: type.VCpuInfo?.DefaultCores,
    defaultThreadsPerCore: type.VCpuInfo?.DefaultThreadsPerCore,
    defaultVcpus: type.VCpuInfo?.DefaultVCpus,
    ebsEncryptionSupport: type.EbsInfo?.EncryptionSupport,
    ebsNvmeSupport: type.EbsInfo?.NvmeSupport,
    ebsOptimizedSupport: type.EbsInfo?.EbsOptimizedSupport,
    ebsPerformanceBaselineBandwidth: ebs?.BaselineBandwidthInMbps,
    ebsPerformanceBaselineIops: ebs?.BaselineIops,
    ebsPerformanceBaselineThroughput: ebs?.BaselineThroughputInMBps,
    ebsPerformanceMaximumBandwidth: ebs?.MaximumBandwidthInMbps,
    ebsPerformanceMaximumIops: ebs?.MaximumIops,
    ebsPerformanceMaximumThroughput: ebs?.MaximumThroughputInMBps,
    enaSupport: type.NetworkInfo?.EnaSupport,
    encryptionInTransitSupported: type.NetworkInfo?.EncryptionInTransitSupported ?? false,
    freeTierEligible: type.FreeTierEligible ?? false,
    hibernationSupported: type.HibernationSupported ?? false,
    hypervisor: type.Hypervisor ?? "",
    instanceStorageSupported: type.InstanceStorageSupported ?? false,
    ipv6Supported: type.NetworkInfo?.Ipv6Supported ?? false,
    maximumIpv4AddressesPerInterface: type.NetworkInfo?.Ipv4AddressesPerInterface,
    maximumNetworkCards: type.NetworkInfo?.MaximumNetworkCards,
    maximumNetworkInterfaces: type.NetworkInfo?.MaximumNetworkInterfaces,
    memorySize: type.MemoryInfo?.SizeInMiB,
    networkPerformance: type.NetworkInfo?.NetworkPerformance,
    supportedArchitectures: type.ProcessorInfo?.SupportedArchitectures ?? [],
    supportedRootDeviceTypes: type.SupportedRootDeviceTypes ?? [],
    supportedUsagesClasses: type.SupportedUsageClasses ?? [],
    supportedVirtualizationTypes: type.SupportedVirtualizationTypes ?? [],
    sustainedClockSpeed: type.ProcessorInfo?.SustainedClockSpeedInGhz,
    validCores: type.VCpuInfo?.ValidCores ?? [],
    validThreadsPerCores: type.VCpuInfo?.ValidThreadsPerCore ?? [],
  };
}
